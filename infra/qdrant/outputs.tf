output "url" {
  description = "Where the gRPC API answers."
  value       = "${local.host}:6334"

  precondition {
    condition     = startswith(local.host, "https://")
    error_message = "The cluster stands, but has no address yet. Apply again in a minute."
  }
}

output "api_key" {
  description = "The key that goes into the secret <stack>/qdrant."
  value       = qdrant-cloud_accounts_database_api_key_v2.functions.key
  sensitive   = true
}
