/*
 * cmd.h - the functions that the rows of the command table name.
 *
 * Each takes a parsed command line and gives an exit code; each stands in the
 * file of its group, cmd_GROUP.c.
 */
#ifndef CLI_CMD_CMD_H
#define CLI_CMD_CMD_H

#include "cli/term/command.h"

int cmd_validate(struct cli *cli);

int cmd_dags_list(struct cli *cli);
int cmd_dags_show(struct cli *cli);
int cmd_dags_trigger(struct cli *cli);
int cmd_dags_pause(struct cli *cli);
int cmd_dags_unpause(struct cli *cli);

int cmd_backfill_create(struct cli *cli);

int cmd_runs_list(struct cli *cli);
int cmd_runs_show(struct cli *cli);
int cmd_runs_clear(struct cli *cli);
int cmd_runs_cancel(struct cli *cli);

int cmd_tasks_list(struct cli *cli);
int cmd_tasks_test(struct cli *cli);
int cmd_tasks_logs(struct cli *cli);
int cmd_tasks_state(struct cli *cli);

int cmd_datasets_list(struct cli *cli);
int cmd_datasets_show(struct cli *cli);

int cmd_data_cat(struct cli *cli);
int cmd_data_count(struct cli *cli);
int cmd_data_head(struct cli *cli);
int cmd_data_schema(struct cli *cli);
int cmd_data_stats(struct cli *cli);

int cmd_why(struct cli *cli);

int cmd_scheduler(struct cli *cli);
int cmd_web(struct cli *cli);
int cmd_standalone(struct cli *cli);
int cmd_sample(struct cli *cli);

#endif
