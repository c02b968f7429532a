/* style.c - the style sheet: two themes, contrast of at least 4.5 to 1, states by glyph and colour.
 */
#include "scheduler/route.h"

static const char css[] =
    ":root{color-scheme:light "
    "dark;--bg:#fff;--fg:#1b1f24;--dim:#57606a;--line:#d0d7de;--link:#0550ae;"
    "--good:#116329;--bad:#a40e26;--busy:#0550ae;--wait:#7d4e00;--band:#f6f8fa}\n"
    "@media "
    "(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9aa4ae;--line:#30363d;"
    "--link:#79b8ff;--good:#56d364;--bad:#ff8b85;--busy:#79b8ff;--wait:#e3b341;--band:#161b22}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}\n"
    "header{display:flex;gap:1.5rem;align-items:center;padding:.6rem 1.2rem;background:var(--band);"
    "border-bottom:1px solid var(--line)}\n"
    "nav{display:flex;gap:.4rem}nav a{padding:.3rem .6rem}\n"
    "main{padding:.5rem 1.2rem 2rem;max-width:90rem}\n"
    "footer{padding:.6rem 1.2rem;color:var(--dim);border-top:1px solid "
    "var(--line);font-size:.85rem}\n"
    "h1{font-size:1.4rem;margin:.8rem 0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:1.4rem 0 "
    ".5rem}\n"
    "a{color:var(--link)}a:focus-visible,input:focus-visible,button:focus-visible{outline:3px "
    "solid "
    "var(--busy);outline-offset:2px}\n"
    ".skip{position:absolute;left:-99rem}.skip:focus{position:static;padding:.5rem}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse}\n"
    "th,td{padding:.35rem .8rem;border-bottom:1px solid "
    "var(--line);text-align:left;vertical-align:top}\n"
    "thead th{background:var(--band);white-space:nowrap}.number{text-align:right;"
    "font-variant-numeric:tabular-nums}time{white-space:nowrap;font-variant-numeric:tabular-nums}\n"
    ".grid th a{display:block;min-height:24px}.grid td,.grid th{white-space:nowrap}\n"
    ".state{white-space:nowrap}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}"
    ".busy{color:var(--busy)}.wait{color:var(--wait)}.quiet,.empty{color:var(--dim)}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem "
    "1rem;margin:0}dt{color:var(--dim)}"
    "dd{margin:0;overflow-wrap:anywhere}\n"
    ".log{background:var(--band);border:1px solid var(--line);padding:.8rem;overflow-x:auto;"
    "font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}\n"
    "form{display:flex;gap:.5rem;flex-wrap:wrap;align-items:center}input,button{font:inherit;"
    "padding:.4rem "
    ".7rem;min-height:2rem}\n"
    "@media (max-width:40rem){dl{grid-template-columns:1fr}header{flex-wrap:wrap}}\n";

enum err_code
style_sheet(struct exchange *x, struct err *err)
{
	(void)err;
	x->type = "text/css; charset=utf-8";
	buf_add(&x->body, css, sizeof(css) - 1);
	return ERR_NONE;
}
