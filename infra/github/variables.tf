variable "repository" {
  description = "The repository that deploys, owner/name as GitHub spells it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "Such as bank/helpdesk. No wildcards: they would let others in."
  }
}

variable "environments" {
  description = "The repository's environments whose runs may take the role."
  type        = set(string)

  validation {
    condition     = length(var.environments) > 0 && length(setsubtract(var.environments, ["staging", "prod"])) == 0
    error_message = "staging, prod or both. A run outside an environment must not deploy."
  }
}

variable "stack_name" {
  description = "The stack that is deployed. Names of its resources begin with it, and the role reaches no others."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.stack_name))
    error_message = "Two to 24 small letters, digits and hyphens, beginning with a letter."
  }
}

variable "artifacts_bucket" {
  description = "The bucket that sam deploy uploads to, which may hold a wildcard. The usual one is what resolve_s3 makes at the first deployment."
  type        = string
  default     = "aws-sam-cli-managed-default-samclisourcebucket-*"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{2,}[*]?$", var.artifacts_bucket))
    error_message = "A bucket's name, at the most with * at its end."
  }
}

variable "has_provider" {
  description = "Whether the account knows GitHub as an identity provider already. An account has one for all."
  type        = bool
  default     = false
}

variable "migrates" {
  description = "Whether runs bring the ledger's tables up to date. Then they may read its address, and it alone of all secrets."
  type        = bool
  default     = false
}

variable "functions_in_vpc" {
  description = "Whether the functions are in a VPC, which those who deploy must be allowed to look at."
  type        = bool
  default     = false
}
