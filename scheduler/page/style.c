/*
 * style.c - the style sheet: two themes, contrast of at least 4.5 to 1, states by glyph and colour.
 */
#include "scheduler/page/style.h"

#include "core/base/hash.h"
#include "scheduler/page/html.h"

#include <stdio.h>
#include <string.h>

#define LIGHT                                                         \
	"--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;"        \
	"--band:#f6f8fa;--link:#0550ae;--good:#116329;--bad:#a40e26;" \
	"--busy:#0550ae;--wait:#7d4e00;--good-bg:#dafbe1;"            \
	"--bad-bg:#ffebe9;--busy-bg:#ddf4ff;--wait-bg:#fff8c5"
#define DARK                                                          \
	"--bg:#0d1117;--fg:#e6edf3;--dim:#9aa4ae;--line:#30363d;"     \
	"--band:#161b22;--link:#79b8ff;--good:#56d364;--bad:#ff8b85;" \
	"--busy:#79b8ff;--wait:#e3b341;--good-bg:#12301b;"            \
	"--bad-bg:#3c1618;--busy-bg:#10294a;--wait-bg:#332708"

/* In the order of the page. */
static const char *const sheet[] = {
	":root{color-scheme:light dark;" LIGHT "}\n"
	"@media (prefers-color-scheme:dark){:root{" DARK "}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--bg);color:var(--fg);"
	"font:15px/1.5 system-ui,sans-serif}\n"
	"header{display:flex;gap:1.5rem;align-items:center;"
	"padding:.6rem 1.2rem;background:var(--band);"
	"border-bottom:1px solid var(--line)}\n"
	"header nav{display:flex;gap:.4rem}\n"
	"header nav a{padding:.3rem .7rem;border-radius:6px;text-decoration:none}\n"
	"header nav a:hover{text-decoration:underline}\n"
	"header nav a[aria-current]{background:var(--bg);color:var(--fg);"
	"font-weight:600;box-shadow:inset 0 0 0 1px var(--line)}\n"
	"main{padding:.5rem 1.2rem 2rem;max-width:90rem}\n"
	"footer{padding:.6rem 1.2rem;color:var(--dim);"
	"border-top:1px solid var(--line);font-size:.85rem}\n"
	"h1{font-size:1.4rem;margin:.8rem 0;overflow-wrap:anywhere}\n"
	"h2{font-size:1.1rem;margin:1.6rem 0 .5rem}\n"
	"p{margin:.5rem 0}\n"
	"a{color:var(--link)}\n"
	"a:focus-visible,input:focus-visible,button:focus-visible,"
	"pre:focus-visible{outline:3px solid var(--busy);outline-offset:2px}\n"
	"code{font:.9em ui-monospace,monospace;background:var(--band);"
	"border:1px solid var(--line);border-radius:4px;padding:.1em .35em;"
	"overflow-wrap:anywhere}\n"
	".skip{position:absolute;left:-99rem}"
	".skip:focus{position:static;display:block;padding:.5rem}\n"
	".unseen{position:absolute;width:1px;height:1px;overflow:hidden;"
	"clip-path:inset(50%);white-space:nowrap}\n",
	/* the way here */
	".trail ol{list-style:none;display:flex;flex-wrap:wrap;"
	"margin:.6rem 0 0;padding:0;font-size:.9rem}\n"
	".trail li+li::before{content:\"/\";color:var(--dim);margin:0 .5rem}\n"
	".trail a{display:inline-block;min-height:24px;overflow-wrap:anywhere}\n"
	".trail+h1{margin-top:.1rem}\n",
	/* tables */
	".scroll{overflow-x:auto}\n"
	"table{border-collapse:collapse}\n"
	"th,td{padding:.35rem .8rem;border-bottom:1px solid var(--line);"
	"text-align:left;vertical-align:top}\n"
	"td a{display:inline-block;min-height:24px;white-space:nowrap}\n"
	"thead th{background:var(--band);white-space:nowrap}\n"
	"tbody tr:hover{background:var(--band)}\n"
	".number{text-align:right;white-space:nowrap;"
	"font-variant-numeric:tabular-nums}\n"
	".short{white-space:nowrap}.words{min-width:16rem}\n"
	/* a row of many fields goes over several lines before it is wider than the screen */
	".rows th,.rows td{padding:.35rem .5rem}.rows thead th{white-space:normal}"
	".rows td{min-width:4.5rem;overflow-wrap:anywhere}.rows .number{min-width:3rem}.rows "
	".words{min-width:9rem}"
	".rows .short,.rows td a{white-space:normal}\n"
	"time{white-space:nowrap;font-variant-numeric:tabular-nums}\n",
	/* states */
	".state,.count{white-space:nowrap}.count{margin-right:.5rem}\n"
	".good{color:var(--good)}.bad{color:var(--bad);font-weight:600}"
	".busy{color:var(--busy)}.wait{color:var(--wait)}"
	".quiet,.empty{color:var(--dim)}.blocked{font-weight:400}\n"
	".choice{font-size:.9rem}.choice a,.pager a{display:inline-block;min-height:24px}\n"
	".pager ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;"
	"margin:.7rem 0;padding:0;font-size:.9rem}\n"
	"summary{cursor:pointer;color:var(--link);min-height:24px}\n",
	/* the grid */
	".grid td,.grid th{white-space:nowrap;padding:2px;text-align:center;"
	"vertical-align:middle}\n"
	".grid th:first-child{text-align:left;padding:2px 1rem 2px .4rem;"
	"position:sticky;left:0;background:var(--bg);font-weight:400}\n"
	".grid thead th:first-child{background:var(--band);font-weight:600;"
	"vertical-align:bottom}\n"
	".grid thead a{display:block;min-width:28px;text-decoration:none;"
	"font-size:.75rem;font-weight:400;line-height:1.5}\n"
	".grid thead a span{display:block}\n"
	".cell{display:flex;align-items:center;justify-content:center;"
	"width:28px;height:28px;margin:auto;border-radius:5px;"
	"text-decoration:none;border:1px solid currentColor}\n"
	".cell.good{background:var(--good-bg)}.cell.bad{background:var(--bad-bg)}"
	".cell.busy{background:var(--busy-bg)}.cell.wait{background:var(--wait-bg)}"
	".cell.quiet{border-color:var(--line)}"
	".cell.blocked{background:none;border-style:dashed}\n"
	".cell:hover{box-shadow:0 0 0 2px var(--link)}\n"
	".legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;"
	"margin:.7rem 0;padding:0;font-size:.85rem}\n",
	/* numbers at the top */
	".cards{list-style:none;display:flex;flex-wrap:wrap;gap:.7rem;"
	"margin:.5rem 0 1rem;padding:0}\n"
	".cards li{border:1px solid var(--line);border-radius:8px;"
	"padding:.5rem 1rem;min-width:9rem;display:flex;flex-direction:column}\n"
	".cards span{color:var(--dim)}.cards .good{color:var(--good)}"
	".cards strong{font-size:1.25rem}.cards strong span{color:inherit}\n"
	".cards small{color:var(--dim);min-height:1.5em}\n",
	/* names and values */
	"dl{display:grid;grid-template-columns:11rem 1fr;gap:.2rem 1rem;margin:0}\n"
	"dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}\n"
	".commands{grid-template-columns:1fr}.commands dd{margin-bottom:.6rem}\n"
	".log{background:var(--band);border:1px solid var(--line);"
	"border-radius:6px;padding:.8rem;overflow-x:auto;max-height:60rem;"
	"font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap;"
	"overflow-wrap:anywhere;margin:.5rem 0}\n"
	".end>.log{flex:none;max-height:none}\n"
	".end{display:flex;flex-direction:column-reverse;max-height:18rem;overflow-y:auto}\n"
	"form{display:flex;gap:.5rem;flex-wrap:wrap;align-items:center}\n"
	"input,button{font:inherit;padding:.4rem .7rem;min-height:2rem}\n"
	".notice{border:1px solid var(--wait);background:var(--wait-bg);border-radius:6px;"
	"padding:.5rem .8rem}\n",
	/* a narrow screen: each row of a table is a block of named values */
	"@media (max-width:40rem){dl{grid-template-columns:8rem 1fr}"
	"header{flex-wrap:wrap;gap:.2rem .8rem}header nav{flex-wrap:wrap;gap:0}"
	"header nav a{padding:.3rem .5rem}main{padding:.5rem .8rem 2rem}"
	"th,td{padding:.3rem .4rem}"
	".rows,.rows tbody,.rows tr{display:block}.rows thead{display:none}"
	".rows tr{border-bottom:1px solid var(--line);padding:.4rem 0}"
	".rows td{display:flow-root;border:0;"
	"padding:.1rem 0 .1rem 8.6rem;text-align:left;white-space:normal;overflow-wrap:anywhere}"
	".words{min-width:0}.rows td a{white-space:normal}.rows td:empty{display:none}"
	".rows td::before{content:attr(data-is);color:var(--dim);float:left;width:8rem;"
	"margin-left:-8.6rem}"
	".grid th:first-child{min-width:4.5rem;max-width:9rem;white-space:normal;"
	"overflow-wrap:anywhere}"
	".cards li{min-width:8rem;flex:1 1 40%}}\n",
};

/* Names the sheet: another text has another one. */
static void
name_sheet(char out[17])
{
	uint64_t hash = 0;

	for (size_t i = 0; i < countof(sheet); i++)
		hash = hash_bytes(sheet[i], strlen(sheet[i]), hash);
	(void)snprintf(out, 17, "%016llx", (unsigned long long)hash);
}

void
style_link(struct buf *b, const char *prefix)
{
	char name[17];

	name_sheet(name);
	html_lit(b, "<link rel=\"stylesheet\" href=\"");
	html_text(b, prefix);
	html_lit(b, "/style.css?v=");
	html_text(b, name);
	html_lit(b, "\">");
}

enum err_code
style_sheet(struct exchange *x, struct err *err)
{
	const char *wanted = x->query(x, "v");
	char name[17];

	(void)err;
	name_sheet(name);
	x->type = "text/css; charset=utf-8";
	x->lasting = wanted && !strcmp(wanted, name);
	for (size_t i = 0; i < countof(sheet); i++)
		buf_text(&x->body, sheet[i]);
	return ERR_NONE;
}
