from rest_framework.routers import SimpleRouter

from audit.views import AdminLogViewSet

router = SimpleRouter()
router.register("admin-logs", AdminLogViewSet)
urlpatterns = router.urls
