terraform {
  required_version = ">= 1.11, < 2.0"

  # The state holds the database's password and Qdrant's key, so it is kept encrypted, and not here. Which bucket,
  # key and region, `terraform init -backend-config=...` is told; see README.md.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
    http = {
      source  = "hashicorp/http"
      version = "~> 3.5"
    }
    neon = {
      source  = "kislerdm/neon"
      version = "~> 0.15.0"
    }
    qdrant-cloud = {
      source  = "qdrant/qdrant-cloud"
      version = "~> 1.23"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
  }
}
