"""URLs of the audit log's pages: below /account/<account_id>/, and below /."""

from django.urls import path

from workspaces.audit_log import export_pages, pages, stream_pages

account_urlpatterns = [
    path("audit-log", pages.audit_log, name="audit-log"),
    path("audit-log/exports", export_pages.exports, name="audit-log-exports"),
    path("audit-log/exports/create", export_pages.create, name="audit-log-export-create"),
    path("audit-log/exports/<uuid:export_id>/download", export_pages.download, name="audit-log-export-download"),
    path("audit-log/exports/<uuid:export_id>/delete", export_pages.delete, name="audit-log-export-delete"),
    path("audit-log/streams", stream_pages.streams, name="audit-log-streams"),
    path("audit-log/streams/create", stream_pages.create, name="audit-log-stream-create"),
    path("audit-log/streams/<uuid:stream_id>/pause", stream_pages.pause, name="audit-log-stream-pause"),
    path("audit-log/streams/<uuid:stream_id>/resume", stream_pages.resume, name="audit-log-stream-resume"),
    path("audit-log/streams/<uuid:stream_id>/test", stream_pages.test, name="audit-log-stream-test"),
    path("audit-log/streams/<uuid:stream_id>/delete", stream_pages.delete, name="audit-log-stream-delete"),
]

site_urlpatterns = [
    path("my/activity", pages.activity, name="activity"),
]
