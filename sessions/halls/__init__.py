"""Halls 议事厅: the organisation tree, halls, households and people, seats and their tokens, staff and rights."""
