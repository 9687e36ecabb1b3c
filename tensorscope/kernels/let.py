"""Let: a name within an expression, put in its place where that reads better than a lambda."""

from __future__ import annotations

import ast

#: So many characters more are read more easily than a function that is called at once.
_REPEATED = 24


def let(name: str, value: str, body: str) -> str:
    """Return one expression for `body` with `name` being `value`.

    ``let("m", "x > 1", "(np.argwhere(m), x[m])")`` is ``(np.argwhere(x > 1), x[x > 1])``; a long
    value that is used often stays the argument of a lambda, and is computed once.
    """
    called = f"(lambda {name}: {body})({value})"
    inside, outside = ast.parse(body, mode="eval"), ast.parse(value, mode="eval").body
    uses = sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(inside))
    taken = {node.arg for node in ast.walk(inside) if isinstance(node, ast.arg)}
    if taken & {node.id for node in ast.walk(outside) if isinstance(node, ast.Name)}:
        return called  # an inner lambda would take the name for its own
    if (uses - 1) * len(value) > _REPEATED:
        return called
    return ast.unparse(_Put(name, outside).visit(inside))


class _Put(ast.NodeTransformer):
    """Puts an expression in the place of a name."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace the name."""
        return self.value if node.id == self.name else node
