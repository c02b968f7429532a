/* shell_text.c - where in a shell script a value would stand. */
#include "core/text/shell_text.h"

#include <string.h>

enum { DEPTH_MAX = 64, HERE_MAX = 8, WORD_MAX = 64 };

/* What is open, the innermost last. */
enum opened {
	OPEN_QUOTES,
	OPEN_BACKTICK,
	OPEN_COMMAND,
	OPEN_CASE, /* in a command substitution: the ')' of a pattern closes nothing */
	OPEN_BRACE,
	OPEN_BRACE_TEXT, /* "${x:-...}": in it a ' is a letter */
	OPEN_ARITHMETIC,
	OPEN_PARENTHESIS, /* in arithmetic */
};

/* A here-document that begins with the next line. */
struct here {
	char word[WORD_MAX]; /* the line that ends it; cut words never end */
	bool tabs;           /* <<-: tabs before the word do not count */
};

struct shell_scan {
	const char *script;
	size_t at;
	struct shell_hole *holes;
	size_t n, next; /* next: the first hole that is not passed yet */
	enum opened nests[DEPTH_MAX];
	size_t depth, lost; /* lost: how many more are open than were kept */
	struct here here[HERE_MAX];
	size_t n_here;
	bool word;  /* the character before belongs to a word: '#' is no comment */
	bool begun; /* a word stood in this command: "case" is no keyword */
};

static char
now(const struct shell_scan *s)
{
	return s->script[s->at];
}

static bool
follows(const struct shell_scan *s, const char *text)
{
	return strncmp(s->script + s->at, text, strlen(text)) == 0;
}

/* Pass a hole that begins here; false: none does. */
static bool
pass_hole(struct shell_scan *s, enum shell_place place)
{
	if (s->next == s->n || s->holes[s->next].at != s->at)
		return false;
	s->holes[s->next].place = place;
	s->at += s->holes[s->next++].bytes;
	s->word = s->begun = true;
	return true;
}

/* Does a hole begin `ahead` characters from here? */
static bool
hole_ahead(const struct shell_scan *s, size_t ahead)
{
	return s->next < s->n && s->holes[s->next].at == s->at + ahead;
}

/* Pass everything up to `end`, which is passed as well; or up to the end of the script. */
static void
pass_until(struct shell_scan *s, char end, enum shell_place place)
{
	while (now(s)) {
		if (pass_hole(s, place))
			continue;
		if (s->script[s->at++] == end)
			return;
	}
}

static void
push(struct shell_scan *s, enum opened nest)
{
	if (s->depth < DEPTH_MAX)
		s->nests[s->depth++] = nest;
	else
		s->lost++;
}

static bool
top_is(const struct shell_scan *s, enum opened nest)
{
	return s->depth && !s->lost && s->nests[s->depth - 1] == nest;
}

static void
pop(struct shell_scan *s)
{
	if (s->lost)
		s->lost--;
	else if (s->depth)
		s->depth--;
}

/* What a hole here stands in. */
static enum shell_place
place(const struct shell_scan *s)
{
	if (s->lost)
		return SHELL_BACKTICK; /* deeper than anybody writes: not judged */
	for (size_t i = 0; i < s->depth; i++) {
		if (s->nests[i] == OPEN_BACKTICK)
			return SHELL_BACKTICK;
	}
	for (size_t i = s->depth; i > 0; i--) {
		if (s->nests[i - 1] == OPEN_ARITHMETIC)
			return SHELL_ARITHMETIC;
		if (s->nests[i - 1] == OPEN_QUOTES)
			return SHELL_DOUBLE;
		if (s->nests[i - 1] == OPEN_COMMAND || s->nests[i - 1] == OPEN_CASE)
			return SHELL_BARE;
	}
	return SHELL_BARE;
}

/* "<<": the word that ends a here-document, without its quotes; values in it are as written. */
static void
here_begins(struct shell_scan *s)
{
	struct here here = { .word = "" };
	char quote = '\0';
	size_t n = 0;

	s->at += 2;
	if (now(s) == '<') { /* <<< of other shells */
		s->at++;
		return;
	}
	here.tabs = now(s) == '-';
	s->at += here.tabs;
	s->at += strspn(s->script + s->at, " \t");
	while (now(s) && (quote || !strchr(" \t\n;&|()<>", now(s)))) {
		size_t from = s->at;
		char c = now(s);

		if (!pass_hole(s, SHELL_HERE)) {
			s->at++;
			if (quote ? c == quote : c == '\'' || c == '"') {
				quote = quote ? '\0' : c;
				continue;
			}
			if (c == '\\' && !quote)
				continue;
		}
		for (; from < s->at && n + 1 < WORD_MAX; from++)
			here.word[n++] = s->script[from];
	}
	if (s->n_here < HERE_MAX)
		s->here[s->n_here++] = here;
	else
		s->lost++; /* more than anybody writes: not judged */
}

/* The lines of the here-documents that were announced in the line before. */
static void
here_lines(struct shell_scan *s)
{
	for (size_t i = 0; i < s->n_here; i++) {
		const struct here *here = &s->here[i];
		bool end = false;

		while (now(s) && !end) {
			const char *line = s->script + s->at;
			size_t n = strlen(here->word), tabs = here->tabs ? strspn(line, "\t") : 0;

			end = strncmp(line + tabs, here->word, n) == 0 &&
			      (line[tabs + n] == '\n' || line[tabs + n] == '\0');
			pass_until(s, '\n', SHELL_HERE);
		}
	}
	s->n_here = 0;
}

/* What a "${" opens: within quotes, and but for patterns, quotes in it are letters. */
static enum opened
brace(const struct shell_scan *s)
{
	const char *name = s->script + s->at + 2;
	size_t n = strcspn(name, ":-=?+#%}'\"$`\\ \t\n");
	bool pattern = n && (name[n] == '#' || name[n] == '%');

	return top_is(s, OPEN_QUOTES) && !pattern ? OPEN_BRACE_TEXT : OPEN_BRACE;
}

/* What '$' makes of the characters behind it; false: nothing. */
static bool
open_dollar(struct shell_scan *s)
{
	if (hole_ahead(s, 1))
		return false;
	if (follows(s, "$$")) { /* the shell's number: what follows is opened by nothing */
		s->at += 2;
		s->word = s->begun = true;
		return true;
	}
	if (follows(s, "$((")) {
		push(s, OPEN_ARITHMETIC);
		s->at += 3;
	} else if (follows(s, "$(")) {
		push(s, OPEN_COMMAND);
		s->at += 2;
	} else if (follows(s, "${")) {
		push(s, brace(s));
		s->at += 2;
	} else {
		return false;
	}
	s->word = s->begun = false;
	return true;
}

/* Brackets of arithmetic; false: this is none. */
static bool
step_arithmetic(struct shell_scan *s)
{
	if (!top_is(s, OPEN_ARITHMETIC) && !top_is(s, OPEN_PARENTHESIS))
		return false;
	if (now(s) == '(') {
		push(s, OPEN_PARENTHESIS);
	} else if (now(s) == ')' && top_is(s, OPEN_PARENTHESIS)) {
		pop(s);
	} else if (follows(s, "))")) {
		pop(s);
		s->at++;
	} else {
		return false;
	}
	s->at++;
	s->word = s->begun = true;
	return true;
}

/* Backticks, closing brackets: what is read alike in and outside of quotes. */
static bool
close_or_nest(struct shell_scan *s)
{
	bool braces = top_is(s, OPEN_BRACE) || top_is(s, OPEN_BRACE_TEXT);

	if (step_arithmetic(s))
		return true;
	if (now(s) == '`') {
		if (top_is(s, OPEN_BACKTICK))
			pop(s);
		else
			push(s, OPEN_BACKTICK);
	} else if ((now(s) == '}' && braces) || (now(s) == ')' && top_is(s, OPEN_COMMAND))) {
		pop(s);
	} else {
		return false;
	}
	s->at++;
	s->word = s->begun = true;
	return true;
}

/* Does this keyword stand here, alone, where a command begins? */
static bool
keyword(const struct shell_scan *s, const char *word)
{
	return !s->word && !s->begun && follows(s, word) &&
	       strchr(" \t\n;&|()", s->script[s->at + strlen(word)]);
}

/* One character of what is neither a quote nor a comment. */
static void
step_word(struct shell_scan *s)
{
	static const char *const leads[] = { "if",    "then", "elif", "else", "while",
					     "until", "do",   "!",    "{" };
	char c = now(s);
	bool lead = false;

	if (top_is(s, OPEN_COMMAND) && keyword(s, "case"))
		push(s, OPEN_CASE);
	else if (top_is(s, OPEN_CASE) && keyword(s, "esac"))
		pop(s);
	for (size_t i = 0; i < countof(leads) && !lead; i++) {
		lead = keyword(s, leads[i]);
		s->at += lead ? strlen(leads[i]) : 0;
	}
	if (lead)
		return;
	s->word = !strchr(" \t\n;&|()<>", c);
	s->begun = (s->begun || s->word) && !strchr("\n;&|()", c);
	s->at++;
}

/* One character, or what it begins, outside of quotes. */
static void
step_bare(struct shell_scan *s)
{
	bool text = top_is(s, OPEN_BRACE) || top_is(s, OPEN_BRACE_TEXT);
	bool arithmetic = top_is(s, OPEN_ARITHMETIC) || top_is(s, OPEN_PARENTHESIS);
	char c = now(s);

	if (c == '\'' && !top_is(s, OPEN_BRACE_TEXT)) {
		s->at++;
		pass_until(s, '\'', SHELL_SINGLE);
		s->word = s->begun = true;
	} else if (c == '"') {
		s->at++;
		push(s, OPEN_QUOTES);
	} else if (text || arithmetic) {
		s->at++;
	} else if (c == '#' && !s->word) {
		/* The line's end is not part of the comment: here-documents begin behind it. */
		while (now(s) && now(s) != '\n') {
			if (!pass_hole(s, SHELL_COMMENT))
				s->at++;
		}
		s->word = s->begun = false;
	} else if (c == '\n' && s->n_here) {
		s->at++;
		here_lines(s);
		s->word = s->begun = false;
	} else if (follows(s, "<<")) {
		here_begins(s);
	} else {
		if (c == '(' && s->depth)
			push(s, OPEN_COMMAND); /* so that its ')' closes nothing else */
		step_word(s);
	}
}

/* A backslash and what it is before; a line that goes on is no character at all. */
static void
step_escape(struct shell_scan *s)
{
	bool line = s->script[s->at + 1] == '\n';

	s->at++;
	if (pass_hole(s, place(s) == SHELL_BARE ? SHELL_ESCAPED : place(s)))
		return;
	s->at++;
	if (!line)
		s->word = s->begun = true;
}

static void
step(struct shell_scan *s)
{
	bool quotes = top_is(s, OPEN_QUOTES);

	if (pass_hole(s, place(s)))
		return;
	if (now(s) == '\\' && s->script[s->at + 1]) {
		step_escape(s);
	} else if (now(s) == '"' && quotes) {
		pop(s);
		s->at++;
		s->word = s->begun = true;
	} else if ((now(s) != '$' || !open_dollar(s)) && !close_or_nest(s)) {
		if (quotes)
			s->at++;
		else
			step_bare(s);
	}
}

void
shell_places(const char *script, struct shell_hole *holes, size_t n)
{
	struct shell_scan s = { .script = script, .holes = holes, .n = n };

	while (now(&s))
		step(&s);
}
