"""One mechanism for every law: random-matrix expression → linear pencil → matrix Dyson equation.

`docs/dyson.md` has the mathematics.
"""
