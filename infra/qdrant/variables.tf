variable "name" {
  description = "The cluster's name, with which the key's begins."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,48}$", var.name))
    error_message = "Small letters, digits and hyphens, beginning with a letter."
  }
}

variable "cloud" {
  description = "Where Qdrant Cloud runs the cluster: aws, gcp or azure. Near the functions is faster."
  type        = string
  default     = "aws"

  validation {
    condition     = contains(["aws", "gcp", "azure"], var.cloud)
    error_message = "aws, gcp or azure."
  }
}

variable "region" {
  description = "The region of that cloud, such as eu-central-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.region))
    error_message = "A region's name, such as eu-central-1."
  }
}

variable "nodes" {
  description = "How many nodes. One is without replicas: while it is updated general_query waits and tries again."
  type        = number
  default     = 1

  validation {
    condition     = var.nodes >= 1 && var.nodes <= 10 && floor(var.nodes) == var.nodes
    error_message = "From one to ten."
  }
}

variable "size" {
  description = "What a node has, as Qdrant Cloud writes it. Ten thousand passages with vectors of 768 numbers are 30 MB."
  type = object({
    cpu = string
    ram = string
  })
  default = { cpu = "500m", ram = "1Gi" }
}

variable "package_id" {
  description = "The id of a package, where several are of the same size. Empty takes the first of that size."
  type        = string
  default     = ""
}

variable "key_expires_at" {
  description = "When the key ends, such as 2027-06-30T00:00:00Z. Without it never: a key that ends unseen stops all answers from documents."
  type        = string
  default     = null

  validation {
    condition     = var.key_expires_at == null || can(timeadd(var.key_expires_at, "0s"))
    error_message = "A time such as 2027-06-30T00:00:00Z."
  }
}
