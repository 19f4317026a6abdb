#!/usr/bin/env python3
"""Write workspaces/work_pools/worker_types.json: what clients and pages know of each type of worker.

    .venv-client/bin/python scripts/worker_types.py

Run it when a new version of the Prefect client is supported. It takes the templates and their schemas from the
installed `prefect` package, whose workers have to be able to read them. The words are ours: descriptions of the
package's variables are left out, and those of the types are below. A type that is missing there stops the script.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

SOURCE = files("prefect") / "server" / "api" / "collections_data" / "views" / "aggregate-worker-metadata.json"
TARGET = Path(__file__).resolve().parent.parent / "workspaces" / "work_pools" / "worker_types.json"
FOR_AGENTS = "prefect-agent"
DESCRIPTIONS = {
    "process": "Runs each flow run as a process on the worker's machine.",
    "docker": "Runs each flow run in a Docker container. The worker needs a Docker daemon.",
    "kubernetes": "Runs each flow run as a job in a Kubernetes cluster.",
    "ecs": "Runs each flow run as a task on Amazon ECS, on Fargate or EC2.",
    "cloud-run": "Runs each flow run as a job on Google Cloud Run, with version 1 of its API.",
    "cloud-run-v2": "Runs each flow run as a job on Google Cloud Run.",
    "vertex-ai": "Runs each flow run as a custom job on Google Vertex AI.",
    "azure-container-instance": "Runs each flow run in a container group on Azure Container Instances.",
}


def main() -> None:
    packages = json.loads(SOURCE.read_text())
    types = {
        package: {name: without_words(kind) for name, kind in kinds.items() if name != FOR_AGENTS}
        for package, kinds in packages.items()
    }
    for kinds in types.values():
        for name, kind in kinds.items():
            kind["description"] = DESCRIPTIONS[name]
    TARGET.write_text(json.dumps(types, indent=1, sort_keys=True) + "\n")


def without_words(value: Any) -> Any:
    """Return JSON without its `description` texts."""
    if isinstance(value, dict):
        kept = {key: part for key, part in value.items() if key != "description" or not isinstance(part, str)}
        return {key: without_words(part) for key, part in kept.items()}
    return [without_words(part) for part in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
