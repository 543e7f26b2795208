"""Ways to hand a finished mail over, all with one contract: what they answer says whether to try again."""
