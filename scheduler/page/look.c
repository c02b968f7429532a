/* look.c - how states look and where links lead, on every page. */
#include "scheduler/page/look.h"

#include <string.h>

/* Never by colour alone: each state has a glyph of its own.  Those of tasks first. */
static const struct page_look looks[] = {
	{ "success", "✓", "good" },
	{ "failed", "✗", "bad" },
	{ "upstream_failed", "△", "bad blocked" },
	{ "running", "▶", "busy" },
	{ "queued", "…", "wait" },
	{ "scheduled", "◌", "wait" },
	{ "up_for_retry", "↻", "wait" },
	{ "up_for_reschedule", "◔", "wait" },
	{ "skipped", "⤼", "quiet" },
	{ "cancelled", "⊘", "quiet" },
	{ "none", "·", "quiet" },
	{ "pass", "✓", "good" },
	{ "ok", "✓", "good" },
	{ "fail", "✗", "bad" },
	{ "error", "✗", "bad" },
	{ "gate_failed", "✗", "bad" },
	{ "all_bad", "✗", "bad" },
	{ "max_bad", "✗", "bad" },
	{ "oom", "✗", "bad" },
	{ "lost", "?", "bad" },
	{ "signal", "✗", "bad" },
	{ "timeout", "✗", "bad" },
	{ "missing", "✗", "bad" },
	{ "input_changed", "✗", "bad" },
	{ "launch_failed", "✗", "bad" },
	{ "publish_failed", "✗", "bad" },
	{ "held", "◌", "wait" },
	{ "not_yet", "◔", "wait" },
	{ "no_space", "✗", "bad" },
	{ "starting", "▷", "busy" },
	{ "publishing", "⇪", "busy" },
	{ "killing", "⨯", "busy" },
	{ "warn", "!", "wait" },
	{ "warning", "!", "wait" },
	{ "skip", "⤼", "quiet" },
	{ "active", "✓", "good" },
	{ "paused", "‖", "wait" },
	{ "absent", "?", "bad" },
	{ "idle", "○", "quiet" },
	{ "current", "✓", "good" },
	{ "stale", "!", "wait" },
};

enum { TASK_LOOKS = 11 };

const struct page_look *
page_look(const char *state)
{
	static const struct page_look other = { "", "·", "quiet" };

	for (size_t i = 0; i < countof(looks); i++)
		if (!strcmp(looks[i].state, state))
			return &looks[i];
	return &other;
}

void
page_state(struct exchange *x, const char *state)
{
	const struct page_look *look = page_look(state);

	html_lit(&x->body, "<span class=\"state ");
	html_text(&x->body, look->css);
	html_lit(&x->body, "\"><span aria-hidden=\"true\">");
	html_text(&x->body, look->glyph);
	html_lit(&x->body, "</span> ");
	html_text(&x->body, state);
	html_lit(&x->body, "</span>");
}

void
page_legend(struct exchange *x)
{
	html_lit(&x->body, "<ul class=\"legend\" aria-label=\"Legend\">");
	for (size_t i = 0; i < TASK_LOOKS; i++) {
		html_lit(&x->body, "<li>");
		page_state(x, looks[i].state);
		html_lit(&x->body, "</li>");
	}
	html_lit(&x->body, "</ul>\n");
}

void
page_link(struct exchange *x, const char *where, const char *segment, const char *text)
{
	struct buf *b = &x->body;

	html_lit(b, "<a href=\"");
	html_text(b, x->prefix);
	html_text(b, where);
	html_path(b, segment);
	html_lit(b, "\">");
	html_text(b, text);
	html_lit(b, "</a>");
}

void
page_run_address(struct exchange *x, const char *dag, const char *run_id)
{
	struct buf *b = &x->body;

	html_text(b, x->prefix);
	html_lit(b, "/dags/");
	html_path(b, dag);
	html_lit(b, "/runs/");
	html_path(b, run_id);
}

void
page_link_run(struct exchange *x, const char *dag, const char *run_id)
{
	html_lit(&x->body, "<a href=\"");
	page_run_address(x, dag, run_id);
	html_lit(&x->body, "\">");
	html_text(&x->body, run_id);
	html_lit(&x->body, "</a>");
}

void
page_task_address(struct exchange *x, const char *dag, const char *run_id, const char *task)
{
	page_run_address(x, dag, run_id);
	html_lit(&x->body, "/tasks/");
	html_path(&x->body, task);
}

void
page_link_task(struct exchange *x, const char *dag, const char *run_id, const char *task)
{
	html_lit(&x->body, "<a href=\"");
	page_task_address(x, dag, run_id, task);
	html_lit(&x->body, "\">");
	html_text(&x->body, task);
	html_lit(&x->body, "</a>");
}
