output "topic" {
  description = "The topic that Gmail publishes to, projects/P/topics/T."
  value       = google_pubsub_topic.changes.id

  # Gmail refuses a watch on a topic that it may not publish to.
  depends_on = [google_pubsub_topic_iam_member.gmail_publishes]
}

output "push_service_account" {
  description = "The address in the tokens of pushes."
  value       = google_service_account.push.email
}

output "push_audience" {
  description = "The audience in the tokens of pushes."
  value       = var.push_audience
}

output "pushes" {
  description = "Whether there is a push subscription yet."
  value       = length(google_pubsub_subscription.push) > 0
}

output "dead_letters" {
  description = "The subscription with the pushes that failed."
  value       = google_pubsub_subscription.dead_letters.id
}
