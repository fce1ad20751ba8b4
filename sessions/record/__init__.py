"""The record 会议记录: one append-only, hash-chained account of every act, and the only way to write.

Nothing here knows what a meeting or a vote is.
"""
