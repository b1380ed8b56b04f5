"""Figures, printed: what a page costs beside an empty answer, and what the sync reads in a second."""
