"""Drills: lose a site, bring services back in a bubble from the farthest copy, measure, prove the clean-up, report."""
