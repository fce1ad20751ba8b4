"""Meetings 会议: the sitting itself: agenda, check-in, the floor, remarks. It does not know how a vote is counted."""
