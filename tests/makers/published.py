"""The published examples of the sequence language, word for word."""

ONBOARDING = """
trigger:
  event: signup.completed

steps:
  - action: email
    template: welcome-email
  - action: delay
    duration: 1d
  - action: email
    template: getting-started
  - action: delay
    duration: 3d
  - action: condition
    property: contact.properties.hasCompletedOnboarding
    operator: equals
    value: true
    onTrue: exit
  - action: email
    template: onboarding-reminder
  """

TRIAL_EXPIRY = """\
trigger:
  event: trial.started

exitConditions:
  - property: contact.properties.plan
    operator: notEquals
    value: "trial"

steps:
  - action: email
    template: trial-welcome
  - action: delay
    duration: 3d
  - action: email
    template: trial-tips
  - action: delay
    duration: 4d
  - action: condition
    property: contact.properties.activatedFeature
    operator: equals
    value: true
    onTrue: skip
  - action: email
    template: trial-feature-prompt
  - action: delay
    duration: 5d
  - action: email
    template: trial-expiring-soon
  - action: delay
    duration: 2d
  - action: email
    template: trial-expired
"""

PURCHASE = """\
trigger:
  event: purchase.completed

steps:
  - action: email
    template: order-confirmation
  - action: delay
    duration: 3d
  - action: email
    template: review-request
"""

EVENT_TRIGGER = """\
trigger:
  event: purchase.completed
"""

API_TRIGGER = """\
trigger:
  api: true
"""

EMAIL_STEP = """\
- action: email
  template: welcome-email
"""

DELAY_STEP = """\
- action: delay
  duration: 3d
"""

CONDITION_STEP = """\
- action: condition
  property: contact.properties.isVip
  operator: equals
  value: true
  onTrue: skip
"""

SEGMENT_STEP = """\
- action: condition
  segment: high-value-customers
  onTrue: exit
"""

EXIT_CONDITIONS = """\
exitConditions:
  - property: contact.unsubscribed
    operator: equals
    value: true
  - property: contact.properties.hasConverted
    operator: equals
    value: true
"""
