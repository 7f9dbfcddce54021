"""What may stand behind a link. Apart from the guard of links, so that surveys can speak of it."""

from escuta.feedback.model import Intercept, StoreToken
from escuta.outreach.model import Invitation

Source = Invitation | StoreToken | Intercept
