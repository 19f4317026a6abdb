from workspaces.shapes import Body, Resource


class RunKeys(Resource):
    """Whether each run that a worker of the pool gets has a key of its own."""

    enabled: bool


class RunKeysUpdate(Body):
    enabled: bool
