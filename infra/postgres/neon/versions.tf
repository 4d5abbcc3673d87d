terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    neon = {
      source  = "kislerdm/neon"
      version = "~> 0.15.0"
    }
  }
}
