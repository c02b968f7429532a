/*
 * list.h - every command there is, from the rows of list.inc.
 *
 * A command is an entry at the end of its file, cmd_GROUP_NAME, with its
 * options, its help and its function above it, and a row CMD(GROUP_NAME).
 */
#ifndef CLI_CMD_LIST_H
#define CLI_CMD_LIST_H

#include "cli/term/command.h"

#define CMD(name) extern const struct cli_command cmd_##name;
#include "cli/cmd/list.inc"
#undef CMD

/* Sorted by words; command_count of them. */
extern const struct cli_command *const command_list[];
extern const size_t command_count;

#endif
