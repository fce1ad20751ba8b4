"""What pages show of motions and votes: plain frozen data, ready for templates.

The data is the same for every language; its words are properties, read in the reader's active language. Until the
reveal only turnout leaves this room: no sum of choices, and of single ballots one's own, or what the desk itself
entered.
"""

from .ballots import BallotView, DeskRow, MyBallot, ballot_holders, ballots_of, desk_rows
from .results import ChannelRow, Figures, ResultView
from .votes import (
    BuildingTurnout,
    MotionView,
    Need,
    Turnout,
    VoteView,
    motion_now,
    motions,
    open_vote,
    row_now,
    vote_now,
    vote_view,
)

__all__ = [
    "BallotView", "BuildingTurnout", "ChannelRow", "DeskRow", "Figures", "MotionView", "MyBallot", "Need",
    "ResultView", "Turnout", "VoteView", "ballot_holders", "ballots_of", "desk_rows", "motion_now", "motions",
    "open_vote", "row_now", "vote_now", "vote_view",
]  # fmt: skip
