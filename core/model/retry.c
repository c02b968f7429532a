/* retry.c - whether and when something that ended badly is tried again. */
#include "core/model/retry.h"

#include "core/base/hash.h"

#include <assert.h>
#include <string.h>

bool
ends_have(const struct end_list *ends, const struct end *end)
{
	if (ends->outcomes >> end->outcome & 1)
		return true;
	if (end->outcome == OUTCOME_SIGNAL && end->signal > 0 && end->signal <= 64)
		return ends->signals >> (end->signal - 1) & 1;
	for (size_t i = 0; end->outcome == OUTCOME_ERROR && i < ends->n_statuses; i++)
		if (end->exit_code >= ends->statuses[i].first &&
		    end->exit_code <= ends->statuses[i].last)
			return true;
	return false;
}

static bool
is_killed(const struct end *end)
{
	return end->outcome == OUTCOME_SIGNAL && end->signal == SIGNAL_KILL;
}

enum account
end_account(const struct end *end)
{
	return is_killed(end) ? ACCOUNT_SYSTEM : outcome_account(end->outcome);
}

enum account
retry_account(const struct retry *retry, const struct end *end)
{
	enum account account = end_account(end);

	/* Planted: what no_retry_on names is tried again all the same. */
	if (ends_have(&retry->never, end) && !BUG_IS(24))
		return ACCOUNT_NEVER;
	if (account == ACCOUNT_ASKED)
		return ends_have(&retry->on, end) ? ACCOUNT_USER : ACCOUNT_NEVER;
	/* Who names SIGKILL wants it counted by `retries`. */
	if (is_killed(end) && retry->on.signals >> (SIGNAL_KILL - 1) & 1)
		return ACCOUNT_USER;
	if (account == ACCOUNT_USER && retry->on.given && !ends_have(&retry->on, end))
		return ACCOUNT_NEVER;
	return account;
}

int64_t
retry_delay(const struct retry *retry, int n, const char *seed)
{
	double raw = (double)retry->delay_us, max = (double)retry->max_delay_us, u;

	assert(n >= 1);
	for (int i = 1; i < n && raw < max; i++)
		raw *= retry->backoff;
	if (raw > max)
		raw = max;
	u = (double)(hash_bytes(seed, strlen(seed), 0) >> 11) / 9007199254740992.0; /* 2^53 */
	return (int64_t)(raw * (1 - retry->jitter * u));
}

int64_t
retry_infra_delay(int n)
{
	assert(n >= 1);
	return n > 6 ? MINUTE_US : SECOND_US << (n - 1);
}
