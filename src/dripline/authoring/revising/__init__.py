"""Templates looked at by a model: other subjects, another wording. Proposals, unless their author wants them saved."""
