"""The demo hall 福苑里 (fictional): its data, its loader, and the player whose residents live through it."""
