# The cluster that answers are drawn from, and the one key to it.

data "qdrant-cloud_booking_packages" "here" {
  cloud_provider = var.cloud
  cloud_region   = var.region
}

locals {
  packages = data.qdrant-cloud_booking_packages.here.packages

  fitting = [
    for package in local.packages : package.id
    if one(package.resource_configuration).cpu == var.size.cpu && one(package.resource_configuration).ram == var.size.ram
  ]

  package = var.package_id != "" ? var.package_id : try(local.fitting[0], "")

  # The provider names the cluster without a port. REST is on 6333, gRPC on 6334.
  host = trimsuffix(replace(qdrant-cloud_accounts_cluster.this.url, "/:[0-9]+/?$/", ""), "/")
}

resource "qdrant-cloud_accounts_cluster" "this" {
  name           = var.name
  cloud_provider = var.cloud
  cloud_region   = var.region

  configuration {
    number_of_nodes = var.nodes

    # Keys that say what they allow are signed tokens.
    database_configuration {
      service {
        jwt_rbac = true
      }
    }

    node_configuration {
      package_id = local.package
    }
  }

  lifecycle {
    precondition {
      condition = local.package != ""
      error_message = format(
        "There is no package with %s and %s there, only: %s.",
        var.size.cpu,
        var.size.ram,
        join(", ", [
          for package in local.packages :
          "${one(package.resource_configuration).cpu} with ${one(package.resource_configuration).ram}"
        ]),
      )
    }
  }
}

# One key for general_query and index_knowledge, which share a secret. index_knowledge makes collections and
# moves the alias, so the key must be allowed to manage.
resource "qdrant-cloud_accounts_database_api_key_v2" "functions" {
  cluster_id = qdrant-cloud_accounts_cluster.this.id
  name       = "${var.name}-functions"
  expires_at = var.key_expires_at

  global_access_rule {
    access_type = "GLOBAL_ACCESS_RULE_ACCESS_TYPE_MANAGE"
  }
}
