/* list.c - every command there is. */
#include "cli/cmd/list.h"

#define CMD(name) &cmd_##name,
const struct cli_command *const command_list[] = {
#include "cli/cmd/list.inc"
};
#undef CMD

const size_t command_count = countof(command_list);
