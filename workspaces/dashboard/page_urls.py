from django.urls import path

from workspaces.dashboard import views

urlpatterns = [
    path("", views.to_dashboard, name="home"),
    path("dashboard", views.dashboard, name="dashboard"),
]
