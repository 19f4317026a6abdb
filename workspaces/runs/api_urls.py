"""URLs of the API of runs. The most frequent ones come first, since Django tries them in order."""

from core.rest.routes import routes
from workspaces.runs.api import deployment_runs, flow_run_inputs, flow_run_lists, flow_runs, logs, task_runs

urlpatterns = routes(
    ("flow_runs/<uuid:id>/set_state", flow_runs.SetStateView),
    ("flow_runs/<uuid:id>", flow_runs.FlowRunView),
    ("logs/", logs.LogsView),
    ("flow_runs/", flow_runs.FlowRunsView),
    ("flow_runs/filter", flow_run_lists.FlowRunsFilterView),
    ("deployments/<uuid:id>/create_flow_run", deployment_runs.DeploymentRunView),
    ("logs/filter", logs.LogsFilterView),
    ("flow_runs/count", flow_run_lists.FlowRunsCountView),
    ("flow_runs/history", flow_run_lists.HistoryView),
    ("flow_runs/paginate", flow_run_lists.FlowRunsPaginateView),
    ("flow_runs/lateness", flow_run_lists.LatenessView),
    ("flow_runs/bulk_delete", flow_run_lists.FlowRunsBulkDeleteView),
    ("flow_runs/bulk_set_state", flow_run_lists.BulkSetStateView),
    ("deployments/<uuid:id>/create_flow_run/bulk", deployment_runs.DeploymentRunsBulkView),
    ("flow_runs/<uuid:id>/resume", flow_runs.ResumeView),
    ("flow_runs/<uuid:id>/labels", flow_runs.LabelsView),
    ("flow_runs/<uuid:id>/logs/download", flow_runs.LogsDownloadView),
    ("flow_runs/<uuid:id>/input", flow_run_inputs.InputsView),
    ("flow_runs/<uuid:id>/input/filter", flow_run_inputs.InputsFilterView),
    ("flow_runs/<uuid:id>/input/<str:key>", flow_run_inputs.InputView),
    ("task_runs/", task_runs.TaskRunsView),
    ("task_runs/<uuid:id>", task_runs.TaskRunView),
    ("task_runs/filter", task_runs.TaskRunsFilterView),
    ("task_runs/count", task_runs.TaskRunsCountView),
    ("task_runs/history", task_runs.TaskRunsHistoryView),
    ("flow_run_states/", task_runs.FlowRunStatesView),
    ("flow_run_states/<uuid:id>", task_runs.FlowRunStateView),
    ("task_run_states/", task_runs.TaskRunStatesView),
    ("task_run_states/<uuid:id>", task_runs.TaskRunStateView),
)
