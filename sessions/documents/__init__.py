"""Documents 文书: minutes and resolutions: compile, render, sign, number, publish, archive, verify."""
