"""Static files: bundle stylesheets, and run `collectstatic` only if something changed."""

import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.base import ContentFile
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Stylesheets that are served as one file, so that a page loads them with one request.
BUNDLES = {"css/kit.css": ("css/base.css", "css/layout.css", "css/forms.css", "css/components.css", "css/pages.css")}


class ProjectStaticFilesConfig(StaticFilesConfig):
    """App config that skips large files of packages that no page uses. Compressing them slows down the first start."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "drf_spectacular_sidecar/redoc*", "rest_framework/*"]


class BundledStaticFilesStorage(StaticFilesStorage):
    """A storage that bundles stylesheets, without hashing or compressing files."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[tuple[Any, ...]]:
        if not dry_run:
            write_bundles(self, paths)
        return iter(())


class BundledManifestStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """A storage that bundles stylesheets, then hashes and compresses all files."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[tuple[Any, ...]]:
        if not dry_run:
            write_bundles(self, paths)
        yield from super().post_process(paths, dry_run=dry_run, **options)


def write_bundles(storage: StaticFilesStorage, paths: dict[str, Any]) -> None:
    """Write each bundle to the storage, and add it to `paths`, which `collectstatic` post-processes."""
    for bundle, parts in BUNDLES.items():
        content = b""
        for part in parts:
            source, path = paths[part]
            with source.open(path) as file:
                content += file.read()
        storage.delete(bundle)
        storage.save(bundle, ContentFile(content))
        paths[bundle] = (storage, bundle)


def collect() -> bool:
    """Collect, hash and compress the static files if they changed. Returns whether it did."""
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    stamp = root / ".collected"
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # because several sites may share the folder
        wanted = _fingerprint()
        if stamp.exists() and stamp.read_text() == wanted:
            return False
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(wanted)
    return True


def _fingerprint() -> str:
    how = (settings.STORAGES["staticfiles"]["BACKEND"], BUNDLES, ProjectStaticFilesConfig.ignore_patterns)
    digest = hashlib.sha256(repr(how).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}|{status.st_mtime_ns}|{status.st_size}\n".encode())
    return digest.hexdigest()
