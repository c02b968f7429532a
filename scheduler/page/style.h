/*
 * style.h - the style sheet of the pages.
 */
#ifndef SCHEDULER_PAGE_STYLE_H
#define SCHEDULER_PAGE_STYLE_H

#include "scheduler/page/exchange.h"

/* The element that asks for the sheet, by an address that changes with it. */
void style_link(struct buf *b, const char *prefix);

/* GET /style.css; with ?v= of today's sheet it may be kept for ever. */
enum err_code style_sheet(struct exchange *x, struct err *err);

#endif
