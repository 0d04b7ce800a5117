from rest_framework.routers import SimpleRouter

from coachbot.chat.views import ChatViewSet

router = SimpleRouter()
router.register("chats", ChatViewSet)
urlpatterns = router.urls
