# Credentials come from the environment, never from a file here; see README.md.

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = { Stack = var.stack_name }
  }
}

provider "google" {
  project = var.google_project
}

# A provider that nothing uses asks for its key all the same. It gets a word, and calls nobody with it.

provider "neon" {
  api_key = var.postgres == "neon" ? null : "unused"
}

provider "qdrant-cloud" {
  api_key    = var.qdrant ? null : "unused"
  account_id = var.qdrant_account
}
