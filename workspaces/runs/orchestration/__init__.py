"""How a run goes from state to state: rules that may change what was proposed, then the bookkeeping.

`transition.py` runs a policy, `flow_rules.py` has the rules in order, `bookkeeping.py` what every stored state moves.
Nothing here touches the database (orchestration.md 2).
"""
