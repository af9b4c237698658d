"""What a tour of everything that people do does not reach, by the beginning of its name, and why."""

from __future__ import annotations

_REPLICAS = "only where there are several replicas; `test_kill.py` kills those at random instants"
_LATE = (
    "only when a deadline has passed, which takes hours; `test_restart.py` and `test_faults_clock.py` hold it"
)
_NO_WAY_IN = "only when Slack shuts a channel; `test_faults_access.py` holds it"
_BUG = "only when we have a bug; `test_receipts.py` holds it"
_LOST = "only after somebody died, or lost an answer, at the right instant; reached in some runs"
_ORDER = "only while an earlier delivery of its thread is under way; reached in some runs, `test_order.py` holds it"
_HEIR = "only when a part of a deleted message was asked again in a message of its own"
_NAMED = (
    "only when a deleted request was answered, and others asked the same since; `test_forgetting.py` holds it"
)
_WEEK = (
    "only when the requests of weeks show a change; `test_drift_kill.py` kills a process at four of these points, "
    "`test_drift.py` and `test_adoption.py` hold what happens at all of them"
)
_KEY = "only with a key for Claude"
_WEEKDAY = "only on the weekday that policy names; `test_audit.py` lets a flow die at each of its steps"
_DIFFERS = "only for a verdict that differs, which would teach other stories; `test_audit.py` holds it"
_OPINION = f"{_KEY}; `test_audit_opinion.py` lets a flow die at each of its steps"
EXPLAINED = {
    "bot.lease.Lease.begin": _REPLICAS,
    "bot.lease.Lease._beat": _REPLICAS,
    "bot.lease.Lease.take_over": _REPLICAS,
    "bot.lease.Lease.say_goodbye": _REPLICAS,
    "bot.pace.SharedBook": _REPLICAS,
    "handlers.board._stands": _REPLICAS,
    "flow audit: ": _WEEKDAY,
    "handlers.audit.weekly": _WEEKDAY,
    "handlers.audit._open_ones": _WEEKDAY,
    "flow audit answers": _OPINION,
    "handlers.audit_opinion.ask: book": _OPINION,
    "handlers.audit_opinion._send": _OPINION,
    "handlers.audit_opinion._questions": _OPINION,
    "handlers.audit_opinion.read": _OPINION,
    "handlers.audit_opinion._look": _OPINION,
    "handlers.audit_result.show: chat.update": _OPINION,
    "handlers.audit_verdicts._judge: show": _DIFFERS,
    "handlers.audit_verdicts.on_kind": _DIFFERS,
    "handlers.audit_verdicts.on_undo": _DIFFERS,
    "handlers.audit_verdicts.on_make": _DIFFERS,
    "handlers.audit_verdicts._talk": _DIFFERS,
    "… > Posting._claim_again": "only when Slack asks for a pause, or a channel has its fill",
    "flow escalate": _LATE,
    "handlers.sla.escalate": _LATE,
    "handlers.sla._call": _LATE,
    "flow deliver": "only for a reply that has been on its way for two minutes",
    "handlers.sending.deliver: show again": _NO_WAY_IN,
    "handlers.sending._take_back": _NO_WAY_IN,
    "handlers.sending._show_again": _NO_WAY_IN,
    "… > Posting._send+": _NO_WAY_IN,
    "bot.receipts.Receipts._failed": _BUG,
    "bot.apologies.call": _BUG,
    "bot.receipts.Receipts._fail+": _BUG,
    "bot.apologies.tell: chat.post": "only for a window that is refused, or an address that has expired",
    "handlers.presses.answer_command: chat.postMessage": "only for an address that has expired, after half an hour",
    "bot.receipts.Receipts._ours+": "each minute, which a short tour may miss",
    "bot.receipts.Receipts._received: turn": _ORDER,
    "bot.receipts.Receipts._turn": _ORDER,
    "handlers.intake._withdraw_beside: show heir": _HEIR,
    "handlers.intake._withdraw_beside: line of heir": _HEIR,
    "flow retire": _WEEK,
    "handlers.adoption.on_": _WEEK,
    "handlers.adoption._open": _WEEK,
    "handlers.adoption._tell": _WEEK,
    "handlers.adoption.retire": _WEEK,
    "handlers.adoption.after_deletion: finding": _WEEK,
    "handlers.adoption.after_deletion: snippet": _WEEK,
    "handlers.drift.check: finding": _WEEK,
    "handlers.drift.show": _WEEK,
    "handlers.proposals._replay": _WEEK,
    "handlers.followups._is_on_its_way": _LOST,
    "handlers.forgetting.after_deletion: card": _NAMED,
    "bot.minds.load_remote": _KEY,
    "bot.backtest_gate.must_be_backtested": f"{_KEY}; `test_backtest.py` holds it",
    "bot.readiness.Readiness": "only when somebody asks by HTTP",
    "handlers.board.drawn": "only in `signalbox doctor`",
    "handlers.confidence._refit+11": (
        "only at night, of what was judged by then; "
        "`test_a_night_that_is_cut_off_and_begun_again_teaches_the_same` holds it"
    ),
    "handlers.directory.Directory.person": "only for a person who was not there at the start",
    "handlers.health.scan: say that it failed": "only when customers cannot be read; `test_health.py` holds it",
    "handlers.health._say_failed": "only when customers cannot be read; `test_health.py` holds it",
    "handlers.learning._draw_questions: chat.postMessage": (
        "only after somebody died at the right instant; "
        "`test_a_question_that_was_posted_by_a_process_that_died_is_settled_like_any_other` holds it"
    ),
    "handlers.drafting._without_draft": "only for a kind that policy has lost, or a channel that Slack shuts",
}


def is_explained(name: str) -> bool:
    """Say whether there is a reason why a tour does not reach this point."""
    return any(name.startswith(start) for start in EXPLAINED)
