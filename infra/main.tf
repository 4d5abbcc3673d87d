# What a stack of template.yaml needs outside of it, one stack at a time: a topic at Google, documents at Qdrant, a
# ledger in Postgres, and a role for GitHub. outputs.tf gives what the stack must be told.

module "google" {
  source = "./google"

  project_id    = var.google_project
  name          = var.stack_name
  push_audience = var.push_audience != "" ? var.push_audience : "${var.stack_name}-push"
  push_endpoint = var.push_endpoint
  ack_deadline  = var.push_ack_deadline
}

module "qdrant" {
  source = "./qdrant"
  count  = var.qdrant ? 1 : 0

  name   = var.stack_name
  cloud  = var.qdrant_cloud
  region = var.qdrant_region != "" ? var.qdrant_region : var.aws_region
  size   = { cpu = var.qdrant_size.cpu, ram = var.qdrant_size.ram }
  nodes  = var.qdrant_size.nodes
}

module "neon" {
  source = "./postgres/neon"
  count  = var.postgres == "neon" ? 1 : 0

  name          = var.stack_name
  region        = var.neon_region != "" ? var.neon_region : "aws-${var.aws_region}"
  organization  = var.neon_organization
  history_hours = var.neon_history_hours
}

module "aurora" {
  source = "./postgres/aurora"
  count  = var.postgres == "aurora" ? 1 : 0

  name = var.stack_name
}

module "github" {
  source = "./github"
  count  = var.github_repository == "" ? 0 : 1

  repository       = var.github_repository
  environments     = [var.github_environment]
  stack_name       = var.stack_name
  has_provider     = var.github_has_provider
  migrates         = var.github_migrates
  functions_in_vpc = var.postgres == "aurora"
}
