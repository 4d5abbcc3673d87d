# Outputs that begin with a capital letter are parameters of template.yaml, by the same name; `cargo xtask structure`
# refuses others.

locals {
  parameters = {
    PubsubTopic        = module.google.topic
    PushAudience       = module.google.push_audience
    PushServiceAccount = module.google.push_service_account
    QdrantUrl          = one(module.qdrant[*].url)
  }
}

output "PubsubTopic" {
  description = "The topic that Gmail publishes to."
  value       = local.parameters.PubsubTopic
}

output "PushAudience" {
  description = "The audience of the pushes' tokens."
  value       = local.parameters.PushAudience
}

output "PushServiceAccount" {
  description = "The service account that signs the pushes."
  value       = local.parameters.PushServiceAccount
}

output "QdrantUrl" {
  description = "Where Qdrant's gRPC API answers. Null without a cluster of ours."
  value       = local.parameters.QdrantUrl
}

output "sam_parameter_overrides" {
  description = "The same for sam deploy --parameter-overrides."
  value       = join(" ", [for name, value in local.parameters : "${name}=${value}" if value != null])
}

# What goes into secrets of the stack. Nothing else should read these.

output "database_secret" {
  description = "For the secret <stack>/database: the ledger's URL, and for Aurora the certificates of its authority. Null where the ledger is yours."
  value       = one(concat(module.neon[*].database_secret, module.aurora[*].database_secret))
  sensitive   = true
}

output "qdrant_api_key" {
  description = "For the secret <stack>/qdrant. Null without a cluster of ours."
  value       = one(module.qdrant[*].api_key)
  sensitive   = true
}

# What people need.

output "next" {
  description = "What is still to do here."
  value       = module.google.pushes ? "Nothing." : "Deploy the stack, then apply again with push_endpoint, its output IngestUrl."
}

output "dead_letters" {
  description = "The subscription with the pushes that failed."
  value       = module.google.dead_letters
}

output "github_aws_role" {
  description = "For the variable AWS_ROLE of the environment on GitHub. Null without a repository."
  value       = one(module.github[*].role)
}

output "vpc_config" {
  description = "With Aurora: the lines that go below Globals, Function in template.yaml, so that the functions are in its network."
  value       = one(module.aurora[*].vpc_config)
}
