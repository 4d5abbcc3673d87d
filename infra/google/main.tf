# How a change in the mailbox reaches the function `ingest`: Gmail publishes to a topic, and a
# subscription pushes to the function's URL with a token that the function verifies.
# A push says only that something changed: an address and a number, no mail.

locals {
  services = toset([
    "cloudresourcemanager.googleapis.com",
    "gmail.googleapis.com",
    "iam.googleapis.com",
    "pubsub.googleapis.com",
  ])

  # Whom Google lets publish what Gmail watches (Gmail API, "Push notifications").
  gmail = "serviceAccount:gmail-api-push@system.gserviceaccount.com"

  # Pub/Sub itself, which signs tokens, moves dead letters and takes them off the subscription.
  pubsub = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_project_service" "needed" {
  for_each = local.services

  project = var.project_id
  service = each.value

  # Others in the project may need them, too.
  disable_on_destroy = false
}

data "google_project" "this" {
  project_id = var.project_id

  depends_on = [google_project_service.needed]
}

resource "google_pubsub_topic" "changes" {
  #checkov:skip=CKV_GCP_83:Google's own keys encrypt it, and it holds an address and a number.
  project = var.project_id
  name    = "${var.name}-gmail"

  depends_on = [google_project_service.needed]
}

resource "google_pubsub_topic_iam_member" "gmail_publishes" {
  project = var.project_id
  topic   = google_pubsub_topic.changes.name
  role    = "roles/pubsub.publisher"
  member  = local.gmail
}

# Who signs the pushes. It has no rights and no key: its address in the token is all that counts.
resource "google_service_account" "push" {
  project      = var.project_id
  account_id   = "${var.name}-push"
  display_name = "Signs the pushes to ${var.name}"

  depends_on = [google_project_service.needed]
}

resource "google_service_account_iam_member" "pubsub_signs" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub

  # The first topic of a project brings its Pub/Sub account into being.
  depends_on = [google_pubsub_topic.changes]
}

resource "google_pubsub_subscription" "push" {
  count = var.push_endpoint == "" ? 0 : 1

  project = var.project_id
  name    = "${var.name}-push"
  topic   = google_pubsub_topic.changes.id

  ack_deadline_seconds       = var.ack_deadline
  message_retention_duration = "${var.retention_hours * 3600}s"

  push_config {
    push_endpoint = var.push_endpoint

    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = var.push_audience
    }
  }

  retry_policy {
    minimum_backoff = "${var.backoff.first}s"
    maximum_backoff = "${var.backoff.longest}s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = var.tries
  }

  # A quiet mailbox must not lose its subscription: without this it goes after 31 days without a push.
  expiration_policy {
    ttl = ""
  }

  depends_on = [
    google_pubsub_topic_iam_member.pubsub_buries,
    google_service_account_iam_member.pubsub_signs,
  ]
}

# Dead letters: pushes that ingest refused or did not answer, all tries used up.

resource "google_pubsub_topic" "dead_letters" {
  #checkov:skip=CKV_GCP_83:Google's own keys encrypt it, and it holds an address and a number.
  project = var.project_id
  name    = "${var.name}-gmail-dead"

  depends_on = [google_project_service.needed]
}

# A topic without a subscription keeps nothing.
resource "google_pubsub_subscription" "dead_letters" {
  project = var.project_id
  name    = "${var.name}-gmail-dead"
  topic   = google_pubsub_topic.dead_letters.id

  ack_deadline_seconds       = 60
  message_retention_duration = "${var.dead_letter_days * 86400}s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "pubsub_buries" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub
}

resource "google_pubsub_subscription_iam_member" "pubsub_takes_off" {
  count = length(google_pubsub_subscription.push)

  project      = var.project_id
  subscription = google_pubsub_subscription.push[count.index].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub
}
