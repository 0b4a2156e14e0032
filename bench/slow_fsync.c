/* A slow disk, for LD_PRELOAD: every fsync and fdatasync takes longer by as many milliseconds as stand in the file
 * `slow-fsync` beside this library. No such file: nothing is added. The file is read at every call, so that the disk
 * can be slow in one slice of a measurement and quick in the next, under the same running server. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void wait_longer(void)
{
    static char path[4096];
    if (path[0] == '\0') {
        Dl_info here;
        if (dladdr((void *)wait_longer, &here) == 0 || here.dli_fname == NULL)
            return;
        const char *end = strrchr(here.dli_fname, '/');
        if (end == NULL)
            return;
        snprintf(path, sizeof path, "%.*s/slow-fsync", (int)(end - here.dli_fname), here.dli_fname);
    }
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return;
    long milliseconds = 0;
    if (fscanf(file, "%ld", &milliseconds) != 1 || milliseconds < 0 || milliseconds > 1000)
        milliseconds = 0;
    fclose(file);
    struct timespec pause = {.tv_sec = milliseconds / 1000, .tv_nsec = (milliseconds % 1000) * 1000000};
    nanosleep(&pause, NULL);
}

int fsync(int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int result = real(file);
    wait_longer();
    return result;
}

int fdatasync(int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int result = real(file);
    wait_longer();
    return result;
}
