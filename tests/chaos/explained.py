"""What a tour of everything that people do does not reach, by the beginning of its name: how many points, and why.

A further point under the same beginning makes the number wrong, so that a new step cannot hide behind an old reason.
"""

from __future__ import annotations

_SELDOM = "only on the seldom trip, which `make chaos` walks"
_REPLICAS = "only where there are several replicas, who walk through the same tour"
_LOST = "only after somebody died, or lost an answer, at the right instant; reached in some runs"
_ORDER = "only while an earlier delivery of its thread is under way; reached in some runs, `test_order.py` holds it"
_AT_ONCE = (
    "only when one replica moves a ticket while another draws its card; reached in some runs, "
    "`test_a_card_that_one_replica_draws_while_another_moves_its_ticket_leads_to_the_new_one` holds it"
)
EXPLAINED = {
    "take-over: ": (3, _REPLICAS),
    "bot.lease.Lease.begin": (2, _REPLICAS),
    "bot.lease.Lease._beat": (2, _REPLICAS),
    "bot.lease.Lease.take_over": (2, _REPLICAS),
    "bot.lease.Lease.say_goodbye": (2, _REPLICAS),
    "bot.pace.SharedBook": (4, _REPLICAS),
    "handlers.board._stands": (2, _REPLICAS),
    "handlers.board._leave_again": (2, _AT_ONCE),
    "flow audit: ": (3, _SELDOM),
    "handlers.audit.weekly": (3, _SELDOM),
    "handlers.audit._open_ones": (2, _SELDOM),
    "flow audit answers": (3, _SELDOM),
    "handlers.audit_opinion.ask: book": (3, _SELDOM),
    "handlers.audit_opinion.ask: result": (2, _SELDOM),
    "handlers.audit_opinion._send": (2, _SELDOM),
    "handlers.audit_opinion._questions": (2, _SELDOM),
    "handlers.audit_opinion.read": (10, _SELDOM),
    "handlers.audit_opinion._look": (2, _SELDOM),
    "handlers.audit_result.show: chat.update": (2, _SELDOM),
    "handlers.audit_verdicts._judge: show": (2, _SELDOM),
    "handlers.audit_verdicts.on_kind": (3, _SELDOM),
    "handlers.audit_verdicts.on_undo": (3, _SELDOM),
    "handlers.audit_verdicts.on_make": (5, _SELDOM),
    "handlers.audit_verdicts._talk": (2, _SELDOM),
    "… > Posting._claim_again": (2, _SELDOM),
    "flow escalate": (3, _SELDOM),
    "handlers.sla.escalate": (8, _SELDOM),
    "handlers.sla._call": (4, _SELDOM),
    "flow deliver": (3, _SELDOM),
    "handlers.sla.sweep: name try": (2, _SELDOM),
    "handlers.sla._try": (2, _SELDOM),
    "handlers.sending.deliver: show again": (2, _SELDOM),
    "handlers.sending._take_back": (2, _SELDOM),
    "handlers.sending._show_again": (2, _SELDOM),
    "… > Posting._send+": (2, _SELDOM),
    "bot.receipts.Receipts._failed": (3, _SELDOM),
    "bot.receipts.Receipts._tell_of_failure": (8, _SELDOM),
    "bot.arrivals.Arrivals._is_played_again": (2, _SELDOM),
    "bot.apologies.call": (2, _SELDOM),
    "bot.receipts.Receipts._fail+": (
        2,
        (
            "only of what cannot be worked on at all; "
            "`test_a_delivery_that_can_never_be_read_is_given_up_and_its_thread_goes_on` holds it"
        ),
    ),
    "bot.apologies.tell: chat.post": (4, _SELDOM),
    "handlers.presses.answer_command: chat.postMessage": (2, _SELDOM),
    "bot.receipts.Receipts._ours+": (2, _SELDOM),
    "bot.receipts.Receipts._received: turn": (2, _ORDER),
    "bot.receipts.Receipts._turn": (2, _ORDER),
    "handlers.intake._withdraw_beside: show heir": (2, _SELDOM),
    "handlers.intake._withdraw_beside: line of heir": (2, _SELDOM),
    "flow retire": (3, _SELDOM),
    "handlers.adoption.on_": (20, _SELDOM),
    "handlers.adoption._open": (4, _SELDOM),
    "handlers.adoption._tell": (8, _SELDOM),
    "handlers.adoption.retire": (5, _SELDOM),
    "handlers.adoption.after_deletion: finding": (2, _SELDOM),
    "handlers.adoption.after_deletion: snippet": (2, _SELDOM),
    "handlers.drift.check: finding": (2, _SELDOM),
    "handlers.drift.show": (4, _SELDOM),
    "handlers.proposals._replay": (2, _SELDOM),
    "handlers.followups._is_on_its_way": (2, _LOST),
    "handlers.forgetting.after_deletion: card": (2, _SELDOM),
    "bot.minds.load_remote": (2, _SELDOM),
    "bot.backtest_gate.must_be_backtested": (2, _SELDOM),
    "bot.readiness.Readiness": (2, _SELDOM),
    "storage.steps.done": (2, _LOST),
    "bot.engine.Engine._has_step": (2, _LOST),
    "handlers.board.drawn": (2, "only in `signalbox doctor`"),
    "handlers.confidence._refit+11": (
        2,
        (
            "only at night, of what was judged by then; "
            "`test_a_night_that_is_cut_off_and_begun_again_teaches_the_same` holds it"
        ),
    ),
    "handlers.health.scan: say that it failed": (3, _SELDOM),
    "handlers.health._say_failed": (2, _SELDOM),
    "handlers.learning._draw_questions: chat.postMessage": (
        2,
        (
            "only after somebody died at the right instant; "
            "`test_a_question_that_was_posted_by_a_process_that_died_is_settled_like_any_other` holds it"
        ),
    ),
}


def is_explained(name: str, is_alone: bool, is_full: bool) -> bool:
    """Say whether there is a reason why the tour of a process that `is_alone`, or of replicas, does not reach this.

    What is seldom is reached where the tour `is_full`.
    """
    return any(
        name.startswith(start) and (is_alone or why != _REPLICAS) and not (is_full and why == _SELDOM)
        for start, (_, why) in EXPLAINED.items()
    )


def is_for_replicas(name: str) -> bool:
    """Say whether only replicas reach this point."""
    return any(name.startswith(start) and why == _REPLICAS for start, (_, why) in EXPLAINED.items())
