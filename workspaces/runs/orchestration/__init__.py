"""Decide how a run goes from state to state: rules that may change the proposed state, then the run's columns.

`transition.py` applies the rules to a transition, `flow_rules.py` has the rules in order, and `bookkeeping.py` sets the
columns that follow from every stored state. Nothing here touches the database (docs/contract/orchestration.md, "Setting
a state").
"""
