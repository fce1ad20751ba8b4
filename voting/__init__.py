"""Voting 表决: rules, rolls and mandates, motions, ballots, tallies, verdicts."""
