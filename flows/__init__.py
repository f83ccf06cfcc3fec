"""The campaigns: what happens to a lead, and when. `domain` knows the rules, `adapters` the outside world."""
