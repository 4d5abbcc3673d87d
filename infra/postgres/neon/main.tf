# The ledger on Neon: reached over the internet with TLS and a certificate of a public authority, so that the
# functions need no VPC.

resource "neon_project" "ledger" {
  name       = var.name
  region_id  = var.region
  org_id     = var.organization
  pg_version = var.postgres_version

  history_retention_seconds = var.history_hours * 3600

  branch {
    name          = "main"
    database_name = "helpdesk"
    role_name     = "helpdesk"
  }

  default_endpoint_settings {
    autoscaling_limit_min_cu = var.size.least
    autoscaling_limit_max_cu = var.size.most
    # Neon's own setting: it sleeps after five minutes.
    suspend_timeout_seconds = 0
  }

  lifecycle {
    # It holds what was done for which mail. To let go of it, take this away first.
    prevent_destroy = true
  }
}
