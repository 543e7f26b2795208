"""The published requests of the sequences of Sequenzy, word for word."""
# ruff: noqa: E501 (word for word)

PLACEHOLDERS = r"""
curl --request POST \
  --url https://api.sequenzy.com/api/v1/sequences \
  --header 'Authorization: Bearer <token>' \
  --header 'Content-Type: application/json' \
  --data '
{
  "name": "<string>",
  "trigger": "<string>",
  "listId": "<string>",
  "tagName": "<string>",
  "segmentId": "<string>",
  "eventName": "<string>",
  "inactiveDays": 123,
  "minCount": 123,
  "timeWindowDays": 123,
  "enrollmentMode": "<string>",
  "enrollmentFieldPath": "<string>",
  "stopCondition": {},
  "goal": "<string>",
  "emailCount": 123,
  "steps": [
    {
      "type": "<string>",
      "subject": "<string>",
      "previewText": "<string>",
      "blocks": [
        {}
      ],
      "html": "<string>",
      "delay": {
        "days": 123,
        "hours": 123,
        "minutes": 123
      },
      "name": "<string>",
      "discount": {
        "label": "<string>",
        "provider": "<string>",
        "discountType": "<string>",
        "percentOff": 123,
        "amountOff": 123,
        "currency": "<string>",
        "duration": "<string>",
        "durationInMonths": 123,
        "appliesToAllPlans": true,
        "planIds": [
          {}
        ],
        "codePrefix": "<string>",
        "maxRedemptions": 123,
        "lockToSubscriber": true,
        "expiresAt": "<string>",
        "expiresInHours": 123,
        "name": "<string>"
      }
    }
  ]
}
'
"""

GOAL = r"""
curl -X POST "https://api.sequenzy.com/api/v1/sequences" \
  -H "Authorization: Bearer seq_live_xxx" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "Onboarding Sequence",
    "trigger": "contact_added",
    "stopCondition": {
      "type": "has_tag",
      "value": "customer"
    },
    "goal": "Welcome new users and help them get started with our product",
    "emailCount": 5
  }'
"""

BLOCKS = r"""
curl -X POST "https://api.sequenzy.com/api/v1/sequences" \
  -H "Authorization: Bearer seq_live_xxx" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "Welcome Sequence",
    "trigger": "contact_added",
    "steps": [
      {
        "subject": "Welcome to our product!",
        "blocks": [
          {
            "id": "heading-1",
            "type": "heading",
            "content": "Welcome!",
            "level": 1
          },
          {
            "id": "text-1",
            "type": "text",
            "content": "<p>Thanks for signing up. We are excited to have you.</p>",
            "variant": "paragraph"
          }
        ]
      },
      {
        "subject": "Getting started guide",
        "delay": { "days": 1 },
        "blocks": [
          {
            "id": "heading-2",
            "type": "heading",
            "content": "Getting Started",
            "level": 1
          },
          {
            "id": "text-2",
            "type": "text",
            "content": "<p>Here is everything you need to get started...</p>",
            "variant": "paragraph"
          }
        ]
      }
    ]
  }'
"""

HTML = r"""
curl -X POST "https://api.sequenzy.com/api/v1/sequences" \
  -H "Authorization: Bearer seq_live_xxx" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "Migrated Sequence",
    "trigger": "contact_added",
    "steps": [
      {
        "subject": "Welcome!",
        "html": "<h1>Welcome to our platform!</h1><p>We are thrilled to have you on board.</p><a href=\"https://example.com/start\">Get Started</a>"
      },
      {
        "subject": "Quick tips to get started",
        "delay": { "days": 2 },
        "html": "<h2>Getting Started Guide</h2><p>Here are some tips:</p><ul><li>Complete your profile</li><li>Explore the dashboard</li><li>Connect your integrations</li></ul>"
      }
    ]
}'
"""

DISCOUNT = r"""
curl -X POST "https://api.sequenzy.com/api/v1/sequences" \
  -H "Authorization: Bearer seq_live_xxx" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "Win-back Discount",
    "trigger": "tag_added",
    "tagName": "cancelled",
    "steps": [
      {
        "type": "create_discount",
        "discount": {
          "label": "Create win-back discount",
          "discountType": "percent",
          "percentOff": 20,
          "duration": "once",
          "appliesToAllPlans": true,
          "maxRedemptions": 1,
          "lockToSubscriber": true,
          "codePrefix": "WINBACK"
        }
      },
      {
        "subject": "Come back with {{discount.code}}",
        "delay": { "days": 1 },
        "html": "<p>Use {{discount.code}} for {{discount.percentOff}}% off your next subscription.</p>"
      }
    ]
  }'
"""

WIND_ALERT = r"""
curl -X POST "https://api.sequenzy.com/api/v1/sequences" \
  -H "Authorization: Bearer seq_live_xxx" \
  -H "Content-Type: application/json" \
  -d '{
    "name": "Wind Alert Follow-up",
    "trigger": "event_received",
    "eventName": "weather.wind_alert",
    "steps": [
      {
        "subject": "Wind alert for {{event.city}}",
        "html": "<p>Winds may reach {{event.alert.maxSpeed}} km/h for {{event.duration.hours|a few}} hours.</p>"
      },
      {
        "subject": "Stay safe in {{event.city}}",
        "delay": { "hours": 12 },
        "html": "<p>The original alert is still active for {{event.city}}. Check local guidance if conditions change.</p>"
      }
    ]
  }'
"""

MATCHING_FIELD = r"""
{
  "trigger": "event_received",
  "eventName": "ecommerce.order_placed",
  "enrollmentMode": "matching_field",
  "enrollmentFieldPath": "order.id"
}
"""

EVENT = r"""
{
  "email": "user@example.com",
  "event": "weather.wind_alert",
  "properties": {
    "city": "Tel Aviv",
    "alert": {
      "maxSpeed": 75
    },
    "duration": {
      "hours": 6
    }
  }
}
"""


def body_of(command: str) -> str:
    """The body of a curl command."""
    return command[command.index("'{") + 1 : command.rindex("'")] if "'{" in command else _quoted(command)


def _quoted(command: str) -> str:
    start = command.index("--data '") + len("--data '")
    return command[start : command.rindex("'")]
