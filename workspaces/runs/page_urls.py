from django.urls import path

from workspaces.runs.pages import actions, deployment_run, flow_run, lists, log_tab, selection, task_run

urlpatterns = [
    path("runs", lists.runs, name="runs"),
    path("runs/selected/cancel", selection.cancel_selected, name="runs-cancel"),
    path("runs/selected/delete", selection.delete_selected, name="runs-delete"),
    path("runs/flow-run/<uuid:flow_run_id>", flow_run.flow_run, name="flow-run"),
    path("runs/flow-run/<uuid:flow_run_id>/logs/since", log_tab.flow_run_log_tail, name="flow-run-log-tail"),
    path("runs/flow-run/<uuid:flow_run_id>/logs/download", log_tab.flow_run_log_file, name="flow-run-log-file"),
    path("runs/flow-run/<uuid:flow_run_id>/cancel", actions.cancel_flow_run, name="flow-run-cancel"),
    path("runs/flow-run/<uuid:flow_run_id>/mark-cancelled", actions.mark_cancelled, name="flow-run-mark-cancelled"),
    path("runs/flow-run/<uuid:flow_run_id>/delete", actions.remove_flow_run, name="flow-run-delete"),
    path("runs/task-run/<uuid:task_run_id>", task_run.task_run, name="task-run"),
    path("runs/task-run/<uuid:task_run_id>/logs/since", log_tab.task_run_log_tail, name="task-run-log-tail"),
    path("deployments/deployment/<uuid:deployment_id>/run", deployment_run.run_deployment, name="deployment-run"),
    path("flow-runs", actions.old_address),
    path("flow-runs/", actions.old_address),
    path("flow-runs/<path:rest>", actions.old_address),
]
