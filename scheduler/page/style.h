/*
 * style.h - the style sheet of the pages.
 */
#ifndef SCHEDULER_PAGE_STYLE_H
#define SCHEDULER_PAGE_STYLE_H

#include "scheduler/page/exchange.h"

/* GET /style.css. */
enum err_code style_sheet(struct exchange *x, struct err *err);

#endif
